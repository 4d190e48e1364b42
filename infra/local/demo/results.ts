/** Milliseconds from the commit, or the edit, by what was seen. */
export type Marks = Readonly<Record<string, number>>;

/** What one step came to. */
export interface StepResult {
  readonly step: number;
  readonly title: string;
  readonly milliseconds: number;
  readonly marks: Marks;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What a step saw; `milliseconds` counts from the commit or the edit to the last thing seen. */
export type Seen = Pick<StepResult, 'milliseconds' | 'marks' | 'facts'>;
