/** Wrong use: what a person has to mend in the command line or the configuration, all of it at once. Exit code 2. */
export class Fault extends Error {
  override readonly name = 'Fault'
  /** One line each: what is wrong, where, and the remedy. */
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }
}
