/** Next calls this once a process, before the first request. */
export async function register(): Promise<void> {
  // Next compiles this file for a second, smaller runtime too, which has none of these modules.
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    const { startStudio } = await import('#lib/web/start.ts')
    await startStudio()
  }
}
