/*
 * What the demo's datasets hold: texts put together of parts, so that some are easy to sort and some are not. The practice
 * models answer by simple rules, which is why their answers differ where the prompts do.
 */

type Row = readonly [text: string, expected: string]

const things = ['mixer', 'patch bay', 'headphones', 'microphone', 'cable set', 'monitor pair', 'keyboard', 'preamp']
const thing = (index: number) => things[index % things.length]!

/** About one tray, which is named. */
const plain: readonly (readonly [tray: string, words: (index: number) => string])[] = [
  ['billing', (n) => `I have a billing question: the invoice for the ${thing(n)} shows the old address.`],
  [
    'delivery',
    (n) => `When will the delivery of my ${thing(n)} arrive? The parcel has been under way for ${(n % 5) + 2} days.`,
  ],
  ['returns', (n) => `How do returns work? The ${thing(n)} is still in its box.`],
  ['repairs', (n) => `Do you do repairs of a ${thing(n)}? One channel is silent since yesterday.`],
  ['praise', (n) => `Some praise for a change: the ${thing(n)} is great and the advice was excellent.`],
]

/** About two of them; a person put it into the first. */
const mixed: readonly (readonly [tray: string, words: (index: number) => string])[] = [
  ['delivery', (n) => `The delivery of the ${thing(n)} came late, and billing charged me for express.`],
  ['returns', (n) => `Your page on returns says ${(n % 3) + 14} days, your mail about repairs says otherwise.`],
  ['repairs', (n) => `After two repairs the ${thing(n)} still hums. I may ask about returns next.`],
  ['praise', (n) => `Praise where it is due: the delivery of the ${thing(n)} took a single day.`],
]

/** Names none of them. */
const hidden: readonly (readonly [tray: string, words: (index: number) => string])[] = [
  ['billing', (n) => `You took the money for the ${thing(n)} twice.`],
  ['repairs', (n) => `My ${thing(n)} smells of smoke when I switch it on.`],
  ['praise', (n) => `Love the ${thing(n)}, thank you.`],
]

/** Sixty mails and the trays that they belong in. */
export function mailRows(): Row[] {
  return Array.from({ length: 60 }, (_, index) => {
    const kinds = index % 5 < 3 ? plain : index % 10 === 9 ? hidden : mixed
    const [tray, words] = kinds[(index * 7 + Math.floor(index / 5)) % kinds.length]!
    return [words(index), tray]
  })
}

const causes = [
  ['hums when the lamp is on', 'Hum from a lamp'],
  ['has no sound on the left', 'No sound on the left'],
  ['does not switch on any more', 'Does not switch on'],
  ['came with the wrong plug', 'Wrong plug'],
  ['was sent to the old address', 'Sent to the old address'],
] as const
const steps = [
  ['We agreed on a new cable first.', 'a new cable is tried first'],
  ['A technician calls back on Tuesday.', 'a technician calls back on Tuesday'],
  ['They bring it to the shop this week.', 'they bring it to the shop'],
  ['A parcel label was sent by mail.', 'a parcel label was sent'],
] as const

/** Forty notes of calls and what somebody would write in one line. */
export function noteRows(): Row[] {
  return Array.from({ length: 40 }, (_, index) => {
    const [happens, short] = causes[index % causes.length]!
    const [step, then] = steps[Math.floor(index / 2) % steps.length]!
    const first = `The ${thing(index)} ${happens}${index % 3 === 0 ? ` and ${then}` : ''}.`
    const more = index % 4 === 0 ? ' It is not urgent.' : index % 4 === 1 ? ' They will wait for us.' : ''
    return [
      `${first} ${step}${more}`,
      index % 3 === 0
        ? `In short: the ${thing(index)} ${happens} and ${then}.`
        : `${short} of the ${thing(index)}; ${then}.`,
    ]
  })
}
