/** Lists the practice models know by heart, by the singular of their noun. */
export const knownLists: Readonly<Record<string, readonly string[]>> = {
  colour: ['Red', 'Blue', 'Green', 'Yellow', 'Orange', 'Purple', 'Pink', 'Brown', 'Black', 'White'],
  fruit: ['Apple', 'Banana', 'Cherry', 'Mango', 'Orange', 'Pear', 'Grape', 'Peach', 'Plum', 'Kiwi'],
  vegetable: ['Carrot', 'Potato', 'Tomato', 'Onion', 'Spinach', 'Broccoli', 'Cabbage', 'Leek', 'Pea', 'Bean'],
  animal: ['Dog', 'Cat', 'Horse', 'Elephant', 'Dolphin', 'Owl', 'Fox', 'Bear', 'Rabbit', 'Tiger'],
  country: ['France', 'Japan', 'Brazil', 'Kenya', 'Canada', 'India', 'Norway', 'Egypt', 'Spain', 'Chile'],
  city: ['Paris', 'Tokyo', 'Nairobi', 'Lisbon', 'Toronto', 'Mumbai', 'Oslo', 'Cairo', 'Madrid', 'Lima'],
  planet: ['Mercury', 'Venus', 'Earth', 'Mars', 'Jupiter', 'Saturn', 'Uranus', 'Neptune'],
  day: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'],
  month: ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October'],
  shape: ['Circle', 'Square', 'Triangle', 'Star', 'Hexagon', 'Diamond', 'Ring', 'Cross', 'Rectangle', 'Ellipse'],
  number: ['One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine', 'Ten'],
  language: [
    'English',
    'Spanish',
    'Hindi',
    'Arabic',
    'French',
    'Portuguese',
    'Swahili',
    'Japanese',
    'German',
    'Italian',
  ],
  use: [
    'Route any instrument to any channel of a mixing desk',
    'Move a cable to another port in seconds',
    'Put an effect into a signal path',
    'Test one line at a time',
    'Keep the wiring of a rack in order',
  ],
  metal: ['Iron', 'Copper', 'Gold', 'Silver', 'Tin', 'Zinc', 'Nickel', 'Lead', 'Titanium', 'Platinum'],
}

export const capitals: Readonly<Record<string, string>> = {
  france: 'Paris',
  germany: 'Berlin',
  italy: 'Rome',
  spain: 'Madrid',
  portugal: 'Lisbon',
  japan: 'Tokyo',
  china: 'Beijing',
  india: 'New Delhi',
  brazil: 'Brasília',
  canada: 'Ottawa',
  kenya: 'Nairobi',
  egypt: 'Cairo',
  norway: 'Oslo',
  sweden: 'Stockholm',
  austria: 'Vienna',
  australia: 'Canberra',
  poland: 'Warsaw',
  england: 'London',
  greece: 'Athens',
  peru: 'Lima',
}

export const numberWords: Readonly<Record<string, number>> = {
  a: 1,
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
}

/** Sentences about any subject, for answers that should be long; {} is the subject. */
export const sentences: readonly string[] = [
  'Let us look at {} step by step.',
  'The first thing to know about {} is where it begins and what it is for.',
  'Small examples help: take one case, follow it to its end, and write down what you see.',
  'After that, {} becomes easier to compare with what you already know.',
  'It pays to ask what would change if one part were missing.',
  'Most people find that {} makes sense once the parts have names.',
  'A good habit is to check each claim twice and to keep the simplest one that holds.',
  'There is always a quiet corner of {} that nobody has looked at for a while.',
  'When two ideas disagree, try both on something real and see which one survives.',
  'In the end, {} rewards patience more than speed.',
]

export const positiveWords =
  /\b(?:good|great|excellent|love[ds]?|loving|like|happy|wonderful|amazing|fantastic|perfect|nice|best|enjoy(?:ed)?|pleased|thank|delight(?:ed|ful)?)\b/gi
export const negativeWords =
  /\b(?:bad|terrible|awful|hate[ds]?|horrible|worst|poor|broken|angry|disappoint(?:ed|ing)?|sad|slow|never again|refund|useless|annoy(?:ed|ing)?)\b/gi
