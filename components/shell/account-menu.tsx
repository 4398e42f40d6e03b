'use client'
import { LogOut, Monitor, Moon, Sun, UserRound } from 'lucide-react'
import { useTheme } from 'next-themes'
import { DropdownMenu as Radix } from 'radix-ui'
import { Avatar } from '#components/ui/avatar.tsx'
import { cn } from '#components/ui/cn.ts'
import { Menu, MenuItem, MenuLink, MenuSeparator } from '#components/ui/menu.tsx'

export interface Person {
  name: string
  email: string
  accountHref: string
}

const themes = [
  { id: 'system', label: 'System', icon: Monitor },
  { id: 'light', label: 'Light', icon: Sun },
  { id: 'dark', label: 'Dark', icon: Moon },
]

export function AccountMenu({ person, onSignOut }: { person: Person; onSignOut: () => void }) {
  const { theme, setTheme } = useTheme()
  return (
    <Menu
      label="Account"
      className="w-60"
      trigger={
        <button type="button" className="relative grid size-8 place-items-center rounded-full">
          <span className="sr-only">Account of {person.name}</span>
          <Avatar name={person.name} className="size-7" />
        </button>
      }
    >
      <div className="px-2 pt-1.5 pb-2">
        <p className="truncate font-medium text-sm">{person.name}</p>
        <p className="truncate text-faint text-xs">{person.email}</p>
      </div>
      <MenuSeparator />
      <MenuLink href={person.accountHref} icon={<UserRound aria-hidden="true" />}>
        Account
      </MenuLink>
      <MenuSeparator />
      <Radix.RadioGroup
        value={theme ?? 'system'}
        onValueChange={setTheme}
        aria-label="Theme"
        className="grid grid-cols-3 gap-1 p-1"
      >
        {themes.map(({ id, label, icon: Icon }) => (
          <Radix.RadioItem
            key={id}
            value={id}
            onSelect={(event) => event.preventDefault()}
            className={cn(
              'grid cursor-default justify-items-center gap-1 rounded-md border border-transparent py-1.5 text-muted text-xs outline-none',
              'data-highlighted:bg-surface-3 data-[state=checked]:border-line-strong data-[state=checked]:bg-surface-2 data-[state=checked]:text-ink',
            )}
          >
            <Icon className="size-4" strokeWidth={1.75} aria-hidden="true" />
            {label}
          </Radix.RadioItem>
        ))}
      </Radix.RadioGroup>
      <MenuSeparator />
      <MenuItem icon={<LogOut aria-hidden="true" />} onSelect={onSignOut}>
        Sign out
      </MenuItem>
    </Menu>
  )
}
