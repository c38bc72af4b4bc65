/**
 * The vocabulary the manifest's schema is written in. A field knows its type, its range, what it is for, what is
 * assumed when it is absent and what it becomes in AWS; validation, `fsd explain`, the JSON Schema and the reference
 * are all read from it. A field is data without behaviour, so building the schema costs next to nothing at start.
 */

export interface Notes {
  /** What it is: one sentence without the field's name. */
  readonly about: string;
  /** What is assumed when it is absent, when that is one plain value. */
  readonly default?: string | number | boolean;
  /** What is assumed when it is absent, in words. */
  readonly otherwise?: string;
  readonly example?: unknown;
  /** What it becomes in AWS: `AWS::ECS::TaskDefinition Cpu`. */
  readonly becomes?: string;
}

declare const valueType: unique symbol;
/** Carries the type of a field's value; never there at run time. */
interface Typed<T> {
  readonly [valueType]?: T;
}

export interface TextRules {
  readonly pattern?: RegExp;
  /** The form in words: "a name of lower-case letters, digits and hyphens". */
  readonly form?: string;
  readonly min?: number;
  readonly max?: number;
  /** Numbers and booleans count as the text they are written as. */
  readonly anyScalar?: boolean;
}

export interface TextField extends Notes, TextRules {
  readonly type: "text";
}
export interface NumberField extends Notes {
  readonly type: "number";
  readonly integer: boolean;
  readonly min: number;
  readonly max: number;
}
/** A time span: `30m`, `1h`, `45s`, or a number of seconds; its value is in seconds. */
export interface DurationField extends Notes {
  readonly type: "duration";
  readonly min: number;
  readonly max: number;
}
export interface BooleanField extends Notes {
  readonly type: "boolean";
}
export interface ChoiceField extends Notes {
  readonly type: "choice";
  readonly values: readonly (string | number)[];
}
export interface ListField extends Notes {
  readonly type: "list";
  readonly item: Field;
  readonly min: number;
  readonly max: number;
}
export interface RecordField extends Notes {
  readonly type: "record";
  readonly value: Field;
  readonly key?: TextRules;
}
export interface ObjectField extends Notes {
  readonly type: "object";
  readonly fields: Readonly<Record<string, Field>>;
  /** Groups of which one choice may be made: `[["size"], ["cpu", "memory"]]`. */
  readonly alternatives: readonly (readonly (readonly string[])[])[];
  /** Old spellings: old name → field. */
  readonly renamed: Readonly<Record<string, string>>;
  /** Old spellings of fields that stand in another map now: old name → where. `old-spellings/` moves them before anything is checked. */
  readonly moved: Readonly<Record<string, string>>;
}
/** One of several shapes, told apart by the kind of the YAML value. */
export interface EitherField extends Notes {
  readonly type: "either";
  readonly options: readonly Field[];
}
/** Any YAML: what is patched into a template, conditions of a policy. */
export interface AnyField extends Notes {
  readonly type: "any";
}

export type Field = (
  | TextField
  | NumberField
  | DurationField
  | BooleanField
  | ChoiceField
  | ListField
  | RecordField
  | ObjectField
  | EitherField
  | AnyField
) & { readonly required?: true };

export type ValueOf<F> = F extends Typed<infer T> ? T : never;
type Shape = Readonly<Record<string, Field>>;
type Simplify<T> = { readonly [K in keyof T]: T[K] };
type ObjectValue<S extends Shape> = Simplify<
  { [K in keyof S as S[K] extends { required: true } ? K : never]: ValueOf<S[K]> } & {
    [K in keyof S as S[K] extends { required: true } ? never : K]?: ValueOf<S[K]>;
  }
>;

export function text(about: string, rules: TextRules & Omit<Notes, "about"> = {}): TextField & Typed<string> {
  return { type: "text", about, ...rules };
}

export function number(about: string, min: number, max: number, notes: Omit<Notes, "about"> = {}): NumberField & Typed<number> {
  return { type: "number", integer: false, about, min, max, ...notes };
}

export function integer(about: string, min: number, max: number, notes: Omit<Notes, "about"> = {}): NumberField & Typed<number> {
  return { type: "number", integer: true, about, min, max, ...notes };
}

export function duration(about: string, min: number, max: number, notes: Omit<Notes, "about"> = {}): DurationField & Typed<number> {
  return { type: "duration", about, min, max, ...notes };
}

export function boolean(about: string, notes: Omit<Notes, "about"> = {}): BooleanField & Typed<boolean> {
  return { type: "boolean", about, ...notes };
}

export function choice<const V extends string | number>(
  about: string,
  values: readonly V[],
  notes: Omit<Notes, "about"> = {},
): ChoiceField & Typed<V> {
  return { type: "choice", about, values, ...notes };
}

export function list<F extends Field>(
  about: string,
  item: F,
  notes: Omit<Notes, "about"> & { readonly min?: number; readonly max?: number } = {},
): ListField & Typed<readonly ValueOf<F>[]> {
  return { type: "list", about, item, min: 0, max: 500, ...notes };
}

export function record<F extends Field>(
  about: string,
  value: F,
  notes: Omit<Notes, "about"> & { readonly key?: TextRules } = {},
): RecordField & Typed<Readonly<Record<string, ValueOf<F>>>> {
  return { type: "record", about, value, ...notes };
}

export function object<const S extends Shape>(
  about: string,
  fields: S,
  notes: Omit<Notes, "about"> & Partial<Pick<ObjectField, "alternatives" | "renamed" | "moved">> = {},
): ObjectField & { readonly fields: S } & Typed<ObjectValue<S>> {
  return { type: "object", about, fields, alternatives: [], renamed: {}, moved: {}, ...notes };
}

export function either<const O extends readonly Field[]>(
  about: string,
  options: O,
  notes: Omit<Notes, "about"> = {},
): EitherField & Typed<ValueOf<O[number]>> {
  return { type: "either", about, options, ...notes };
}

export function any(about: string, notes: Omit<Notes, "about"> = {}): AnyField & Typed<unknown> {
  return { type: "any", about, ...notes };
}

export function required<F extends Field>(field: F): F & { readonly required: true } {
  return { ...field, required: true };
}
