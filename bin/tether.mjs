// Loaded into every process that the supervisor starts: when the supervisor is gone, however it ended, so is the process.
const supervisor = process.env.PATCHBAY_SUPERVISOR
if (supervisor !== undefined) {
  // Processes that this one starts load this file too; they end with their own parent.
  delete process.env.PATCHBAY_SUPERVISOR
  // It may have been killed before this line was reached.
  if (!process.connected || String(process.ppid) !== supervisor) process.exit(1)
  process.once('disconnect', () => {
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 3_000).unref()
    process.kill(process.pid, 'SIGTERM')
  })
  // Listening for the end of the channel must not keep a process alive that has nothing left to do.
  process.channel?.unref()
}
