'use client'
import { Search } from 'lucide-react'
import { useEffect, useState } from 'react'
import { cn } from './cn.ts'
import { Input } from './input.tsx'

/** A search that is asked once typing pauses, or at once with Enter. */
export function SearchInput({
  label,
  placeholder = 'Search',
  value,
  onChange,
  className,
}: {
  label: string
  placeholder?: string
  value: string
  onChange: (text: string) => void
  className?: string
}) {
  const [text, setText] = useState(value)
  const [shown, setShown] = useState(value)
  // The address changed elsewhere: going back, clearing the filters.
  if (shown !== value) {
    setShown(value)
    setText(value)
  }

  useEffect(() => {
    if (text.trim() === value) return
    const timer = setTimeout(() => onChange(text.trim()), 350)
    return () => clearTimeout(timer)
  }, [text, value, onChange])

  return (
    <div className={cn('w-full sm:w-64', className)}>
      <Input
        type="search"
        aria-label={label}
        placeholder={placeholder}
        maxLength={200}
        prefix={<Search aria-hidden="true" />}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === 'Enter' && onChange(text.trim())}
      />
    </div>
  )
}
