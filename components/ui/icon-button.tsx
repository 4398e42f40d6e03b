import { Button, type ButtonProps } from './button.tsx'
import { cn } from './cn.ts'
import { Tooltip } from './tooltip.tsx'

export interface IconButtonProps extends Omit<ButtonProps, 'aria-label'> {
  /** What it does: the accessible name and the tooltip. */
  label: string
  side?: 'top' | 'right' | 'bottom' | 'left'
}

export function IconButton({ label, side, variant = 'quiet', size = 'md', className, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label} side={side}>
      <Button
        {...rest}
        aria-label={label}
        variant={variant}
        size={size}
        className={cn(size === 'sm' ? 'w-7 px-0' : 'w-8 px-0', className)}
      />
    </Tooltip>
  )
}
