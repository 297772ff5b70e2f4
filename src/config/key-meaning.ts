/** What a key means, for the documentation and for editors. */
export interface KeyMeaning {
  readonly meaning: string;
  /** What holds without the key, where that isn't a value. */
  readonly byDefault?: string;
}
