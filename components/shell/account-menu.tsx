'use client'
import { LogOut, Monitor, Moon, Sun, UserRound } from 'lucide-react'
import { useTheme } from 'next-themes'
import { Avatar } from '#components/ui/avatar.tsx'
import { Menu, MenuItem, MenuLink, MenuRadioGroup, MenuSeparator } from '#components/ui/menu.tsx'

export interface Person {
  name: string
  email: string
  accountHref: string
}

const themes = [
  { id: 'system', label: 'System', icon: <Monitor strokeWidth={1.75} aria-hidden="true" /> },
  { id: 'light', label: 'Light', icon: <Sun strokeWidth={1.75} aria-hidden="true" /> },
  { id: 'dark', label: 'Dark', icon: <Moon strokeWidth={1.75} aria-hidden="true" /> },
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
      <MenuRadioGroup label="Theme" value={theme ?? 'system'} onChange={setTheme} options={themes} />
      <MenuSeparator />
      <MenuItem icon={<LogOut aria-hidden="true" />} onSelect={onSignOut}>
        Sign out
      </MenuItem>
    </Menu>
  )
}
