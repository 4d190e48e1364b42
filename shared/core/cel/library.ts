import type { CelInput, CelType, CelValue, isCelError } from '@bufbuild/cel';

type Package = typeof import('@bufbuild/cel');

/** A parsed expression, macros expanded. */
export type Expression = ReturnType<Package['parse']>['expr'];

/** What the package has: a function or method, by its types. */
export interface Signature {
  readonly name: string;
  readonly target: CelType | undefined;
  readonly args: readonly CelType[];
  readonly result: CelType;
}

/** The package, with the extension for strings, behind what an evaluator needs of it. */
export interface Library {
  /** Throws an Error that says where the syntax is wrong. */
  parse(text: string): Expression;
  readonly signatures: readonly Signature[];
  /** Whether there is a function or method of this name. */
  knows(name: string): boolean;
  /** Calls a function (`target` undefined) or a method. Throws an Error. */
  call(name: string, target: CelInput | undefined, args: readonly CelInput[]): CelValue;
  readonly package: Package;
}

/** How operators are written, with `a0` and `a1` for what they work on. */
const OPERATORS: Readonly<Record<string, string>> = {
  '-_': '-a0',
  ...Object.fromEntries(
    ['+', '-', '*', '/', '%', '<', '<=', '>', '>=', '=='].map((op) => [`_${op}_`, `a0 ${op} a1`]),
  ),
};

let loaded: Promise<Library> | undefined;

/** CEL, loaded when the first expression is met. */
export function loadLibrary(): Promise<Library> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Library> {
  const [cel, { strings }] = await Promise.all([import('@bufbuild/cel'), import('@bufbuild/cel/ext')]);
  const env = cel.celEnv({ funcs: strings });
  const signatures = [...env.funcs].map(({ name, target, arguments: args, result }) => ({
    name,
    target,
    args,
    result,
  }));
  const plans = new Map<string, (bindings: never) => CelValue | Error>();
  const planOf = (name: string, isMethod: boolean, count: number) => {
    const key = `${name} ${isMethod} ${count}`;
    const known = plans.get(key);
    if (known) return known;
    const args = Array.from({ length: count }, (_, index) => `a${index}`);
    const text =
      (Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined) ??
      (isMethod ? `t.${name}(${args})` : `${name}(${args})`);
    const plan = cel.plan(env, cel.parse(text).expr) as (bindings: never) => CelValue | Error;
    plans.set(key, plan);
    return plan;
  };
  return {
    parse: (text) => cel.parse(text).expr,
    signatures,
    knows: (name) => env.funcs.find(name) !== undefined,
    call(name, target, args) {
      const bindings = Object.fromEntries(args.map((value, index) => [`a${index}`, value]));
      if (target !== undefined) bindings.t = target;
      const value = planOf(name, target !== undefined, args.length)(bindings as never);
      if ((cel.isCelError as typeof isCelError)(value)) throw new Error(value.message);
      return value as CelValue;
    },
    package: cel,
  };
}
