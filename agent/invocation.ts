/** What a command may know of the process it runs in: only main.ts reads `process`. */
export type Invocation = {
  /** Behind the command's name. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** The folder that the executable lives in. */
  readonly home: string
  readonly runtime: string
  readonly pid: number
  readonly uid: number
  readonly terminal: boolean
  /** To stdout; the reader may have gone (`| head`), which ends the command. */
  write(text: string): void
  /** One line on stderr. */
  complain(line: string): void
  /** `stop` is called once, at SIGINT or SIGTERM. */
  onStop(stop: () => void): void
}

/** 0 done, 1 failed, 2 wrong use. */
export type ExitCode = 0 | 1 | 2
export type Command = {
  readonly name: string
  readonly summary: string
  /** Text of --help; '' where the command explains itself. */
  readonly usage: string | (() => Promise<string>)
  run(invocation: Invocation): Promise<ExitCode>
}
