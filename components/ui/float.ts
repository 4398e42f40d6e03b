/** What floats above the page. */
export const floatStyles = 'z-50 animate-rise rounded-xl border bg-surface-1 shadow-float outline-none'
