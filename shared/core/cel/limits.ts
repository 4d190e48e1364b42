/** Characters of one expression; the longest of Flux's cookbook has some 300, and parsing this much takes 0.2 s. */
export const MAX_EXPRESSION = 10_240;
/** How deep brackets and operators nest: cel-go's own limit of recursion. */
export const MAX_NESTING = 250;
/** Steps of one evaluation: Kubernetes' limit for one call of an expression (PerCallLimit), about 0.1 s. */
export const MAX_STEPS = 1_000_000;
/** Steps of all evaluations about one object of ours: Kubernetes' RuntimeCELCostBudget, about 1 s. */
export const MAX_TOTAL_STEPS = 10_000_000;
/** Characters, bytes or items of a value that an expression makes. */
export const MAX_VALUE = 1_048_576;

/** An expression that costs too much: unlike its other errors it cannot be absorbed by `||` and `&&`. */
export class TooExpensive extends Error {}

/** Counts the steps of evaluations; one `Budget` may be shared by many. */
export class Budget {
  #left: number;

  constructor(steps: number = MAX_TOTAL_STEPS) {
    this.#left = steps;
  }

  /** Takes steps. Throws TooExpensive when none are left. */
  charge(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new TooExpensive('operation cancelled: actual cost limit exceeded');
  }

  /** A budget for one evaluation, which counts here too. */
  forOne(): Budget {
    return new Share(this, MAX_STEPS);
  }
}

class Share extends Budget {
  readonly #whole: Budget;

  constructor(whole: Budget, steps: number) {
    super(steps);
    this.#whole = whole;
  }

  override charge(steps: number): void {
    super.charge(steps);
    this.#whole.charge(steps);
  }
}

/** Refuses a value that grew too large. */
export function fits(size: number): void {
  if (size > MAX_VALUE) throw new TooExpensive(`a value has more than ${MAX_VALUE} characters or items`);
}
