'use client'
import { Check, ChevronDown, ChevronsUpDown, ChevronUp, ImagePlus, SquareFunction, X } from 'lucide-react'
import { type ClipboardEvent, type DragEvent, useRef, useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { cn } from '#components/ui/cn.ts'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Menu, MenuItem } from '#components/ui/menu.tsx'
import { onDemand, useOnDemand } from '#components/ui/on-demand.ts'
import { messageRoles } from '#lib/deployments/schema.ts'
import type { CallsEditorProps } from './calls-editor.tsx'
import { picturesOf, roleWords, toContent, toParts, withPictures, withRole } from './messages.ts'
import { paintVariables } from './paint.tsx'
import { PaintedText } from './painted-text.tsx'
import { picturesMax, pictureTypes, readPictures } from './pictures.ts'
import type { ContentPart, Message, Role, ToolCall } from './types.ts'

const callsEditor = onDemand(() => import('./calls-editor.tsx'))

const textCharsMax = 200_000

export interface MessageEditorProps {
  message: Message
  onChange: (message: Message) => void
  /** Of how many, for the names of its controls. */
  index: number
  /** Calls of functions before it that wait for their result. */
  open: readonly ToolCall[]
  onRemove?: () => void
  onMove?: (by: -1 | 1) => void
  canMoveUp: boolean
  canMoveDown: boolean
  /** `false`: no model takes pictures. */
  pictures?: boolean
  /** What is wrong with it, in words. */
  remarks?: readonly string[]
  placeholder?: string
}

/** One message: who speaks, words with `{{variables}}`, pictures, calls of functions. */
export function MessageEditor({
  message,
  onChange,
  index,
  open,
  onRemove,
  onMove,
  canMoveUp,
  canMoveDown,
  pictures = true,
  remarks = [],
  placeholder,
}: MessageEditorProps) {
  const fileBox = useRef<HTMLInputElement>(null)
  const [problems, setProblems] = useState<readonly string[]>([])
  const [dropping, setDropping] = useState(false)
  const { role } = message
  const takesPictures = role === 'user' && pictures
  const parts = toParts(message.content)
  const name = `${roleWords[role]} message ${index + 1}`

  async function add(files: Iterable<File>) {
    const { urls, problems: found } = await readPictures(files, picturesMax - picturesOf(message).length)
    setProblems(found)
    if (urls.length > 0) onChange(withPictures(message, urls))
  }

  function onPaste(event: ClipboardEvent) {
    const files = [...event.clipboardData.files].filter(({ type }) => type.startsWith('image/'))
    if (!takesPictures || files.length === 0) return
    event.preventDefault()
    void add(files)
  }

  const carriesFiles = (event: DragEvent) =>
    takesPictures && [...event.dataTransfer.items].some(({ kind }) => kind === 'file')
  const setPart = (at: number, part: ContentPart | null) =>
    onChange({
      ...message,
      content: toContent(parts.flatMap((each, place) => (place !== at ? [each] : part ? [part] : []))),
    })

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pictures can be dropped here; the button does the same
    <div
      onPaste={onPaste}
      onDragOver={(event) => {
        if (!carriesFiles(event)) return
        event.preventDefault()
        setDropping(true)
      }}
      onDragLeave={() => setDropping(false)}
      onDrop={(event) => {
        setDropping(false)
        if (!carriesFiles(event)) return
        event.preventDefault()
        void add(event.dataTransfer.files)
      }}
      className={cn(
        'group/message min-w-0 rounded-lg border bg-surface-1 transition-colors focus-within:border-line-field',
        dropping && 'border-accent bg-accent-soft',
      )}
    >
      <div className="flex min-h-9 items-center gap-0.5 pr-1 pl-1">
        <ChoiceMenu
          label={`Who says message ${index + 1}`}
          value={role}
          onChange={(next) => onChange(withRole(message, next as Role, open))}
          options={messageRoles.map((id) => ({ id, label: roleWords[id] }))}
        />
        <span className="ml-auto flex">
          {takesPictures && (
            <>
              <IconButton label="Add a picture" size="sm" onClick={() => fileBox.current?.click()}>
                <ImagePlus strokeWidth={1.75} />
              </IconButton>
              <input
                ref={fileBox}
                type="file"
                multiple
                hidden
                tabIndex={-1}
                accept={pictureTypes.join()}
                aria-label={`Pictures for message ${index + 1}`}
                onChange={(event) => {
                  if (event.target.files) void add([...event.target.files])
                  event.target.value = ''
                }}
              />
            </>
          )}
          {role === 'assistant' && !message.tool_calls?.length && (
            <IconButton
              label="Add a function call"
              size="sm"
              onClick={() => onChange({ ...message, tool_calls: [newCall(message)] })}
            >
              <SquareFunction strokeWidth={1.75} />
            </IconButton>
          )}
          {onMove && (
            <>
              <IconButton
                label={`Move message ${index + 1} up`}
                size="sm"
                disabled={!canMoveUp}
                onClick={() => onMove(-1)}
              >
                <ChevronUp strokeWidth={1.75} />
              </IconButton>
              <IconButton
                label={`Move message ${index + 1} down`}
                size="sm"
                disabled={!canMoveDown}
                onClick={() => onMove(1)}
              >
                <ChevronDown strokeWidth={1.75} />
              </IconButton>
            </>
          )}
          {onRemove && (
            <IconButton label={`Remove message ${index + 1}`} size="sm" onClick={onRemove}>
              <X strokeWidth={1.75} />
            </IconButton>
          )}
        </span>
      </div>
      {role === 'tool' && (
        <ToolCallId
          value={message.tool_call_id ?? ''}
          open={open}
          onChange={(id) => onChange({ ...message, tool_call_id: id })}
        />
      )}
      {parts.map((part, at) =>
        part.type === 'text' ? (
          <PaintedText
            // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place
            key={at}
            value={part.text}
            onChange={(text) => setPart(at, { type: 'text', text })}
            paint={paintVariables}
            label={name}
            placeholder={placeholder ?? placeholders[role]}
            maxLength={textCharsMax}
            className="max-h-96"
            innerClassName="px-2.5 pb-2.5 pt-0.5 text-base"
          />
        ) : (
          <PictureView
            // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place
            key={at}
            url={part.image_url.url}
            onRemove={() => setPart(at, null)}
          />
        ),
      )}
      {!parts.some(({ type }) => type === 'text') && (
        <PaintedText
          value=""
          onChange={(text) => onChange({ ...message, content: toContent([{ type: 'text', text }, ...parts]) })}
          paint={paintVariables}
          label={name}
          placeholder="Words to the picture"
          maxLength={textCharsMax}
          innerClassName="px-2.5 pb-2.5 pt-0.5 text-base"
        />
      )}
      {role === 'assistant' && message.tool_calls && message.tool_calls.length > 0 && (
        <Calls
          calls={message.tool_calls}
          onChange={(calls) => onChange({ ...message, tool_calls: calls.length > 0 ? calls : undefined })}
          onAdd={() => onChange({ ...message, tool_calls: [...message.tool_calls!, newCall(message)] })}
        />
      )}
      <div aria-live="polite" className="px-2.5 pb-2 text-bad text-xs empty:hidden">
        {[...problems, ...remarks].map((problem) => (
          <p key={problem}>{problem}</p>
        ))}
      </div>
    </div>
  )
}

const placeholders: Readonly<Record<Role, string>> = {
  system: 'How the model shall answer',
  developer: 'How the model shall answer',
  user: 'Say something',
  assistant: 'What the model said',
  tool: 'What the function returned',
}

function newCall(message: Message): ToolCall {
  const id = `call_${(message.tool_calls?.length ?? 0) + 1}_${Math.random().toString(36).slice(2, 8)}`
  return { id, type: 'function', function: { name: '', arguments: '{}' } }
}

/** Few prompts hold calls: their editor is fetched with the first. */
function Calls(props: CallsEditorProps) {
  const part = useOnDemand(callsEditor, true)
  return part ? <part.CallsEditor {...props} /> : null
}

function ToolCallId({
  value,
  open,
  onChange,
}: {
  value: string
  open: readonly ToolCall[]
  onChange: (id: string) => void
}) {
  return (
    <div className="flex items-center gap-2 px-2.5 pb-1.5 text-faint text-xs">
      Answers
      <ChoiceMenu
        label="The call that it answers"
        value={value}
        none="no call before it"
        onChange={onChange}
        options={open.map((call) => ({ id: call.id, label: call.function.name || 'a call without a name' }))}
      />
    </div>
  )
}

/** One of a few, below a quiet button: its code comes with the first that is opened. */
function ChoiceMenu({
  label,
  value,
  none = '',
  options,
  onChange,
}: {
  label: string
  value: string
  /** Said where none of the options stands. */
  none?: string
  options: readonly { id: string; label: string }[]
  onChange: (id: string) => void
}) {
  const current = options.find(({ id }) => id === value)?.label ?? none
  return (
    <Menu
      label={label}
      align="start"
      trigger={
        <Button
          variant="quiet"
          size="sm"
          aria-label={`${label}: ${current}`}
          disabled={options.length === 0}
          className="h-7 min-w-0 gap-1 px-1.5 text-xs"
        >
          <span className="truncate">{current}</span>
          <ChevronsUpDown className="size-3! text-faint" aria-hidden="true" />
        </Button>
      }
    >
      {options.map((option) => (
        <MenuItem
          key={option.id}
          icon={<Check className={option.id === value ? undefined : 'invisible'} aria-hidden="true" />}
          onSelect={() => onChange(option.id)}
        >
          {option.label}
          {option.id === value && <span className="sr-only">, chosen</span>}
        </MenuItem>
      ))}
    </Menu>
  )
}

/** A picture of a message. Only what lies in the page is drawn; an address of elsewhere is told. */
export function PictureView({ url, onRemove }: { url: string; onRemove?: () => void }) {
  return (
    <div className="relative mx-2.5 mb-2.5 w-fit max-w-full">
      {url.startsWith('data:image/') ? (
        // biome-ignore lint/performance/noImgElement: a data URI, nothing to optimise
        <img src={url} alt="Part of the message" className="max-h-40 max-w-full rounded-md border" />
      ) : (
        <p className="figures rounded-md bg-surface-2 py-1.5 pr-9 pl-2.5 text-sm break-all">{paintVariables(url)}</p>
      )}
      {onRemove && (
        <IconButton
          label="Remove the picture"
          size="sm"
          variant="default"
          className="absolute top-1 right-1 size-6"
          onClick={onRemove}
        >
          <X className="size-3.5!" />
        </IconButton>
      )}
    </div>
  )
}
