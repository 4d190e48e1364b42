/** One node of a kind's schema, of a built-in kind or a CRD alike. Nodes of recursive types are made when they are asked for. */
export interface Schema {
  readonly type:
    | 'object'
    | 'map'
    | 'list'
    | 'string'
    | 'integer'
    | 'number'
    | 'boolean'
    | 'int-or-string'
    | 'any';
  /** As of OpenAPI: `int64`, `date-time`, `byte` ... */
  readonly format?: string;
  readonly nullable: boolean;
  /** Whether unknown members are kept (`x-kubernetes-preserve-unknown-fields`); always of `any`. */
  readonly preservesUnknown: boolean;
  /** Whether it is a whole object with apiVersion, kind and metadata (`x-kubernetes-embedded-resource`). */
  readonly embedded: boolean;
  /**
   * Whether it is owned as one value: atomic structs, maps and lists, scalars, raw extensions. Other `any`s, and members that are
   * not declared, are merged by what they turn out to be: maps by member, lists as one value.
   */
  readonly atomic: boolean;
  /** Known members of an object, in no order. */
  readonly fieldNames: readonly string[];
  /** The schema of a member: of an object's field, or of any value of a map; undefined when it is not declared. */
  field(name: string): Schema | undefined;
  /** Of a list's items. */
  readonly items: Schema | undefined;
  readonly listType: 'atomic' | 'set' | 'map' | undefined;
  /** The members that identify an item of a list of type map. */
  readonly listKeys: readonly string[];
  /** Strategic merge: how a patch's list or map is taken, and the one key its items are merged by. */
  readonly patchStrategy: readonly ('merge' | 'replace' | 'retainKeys')[];
  readonly patchMergeKey: string | undefined;
  /** The default that the schema declares; undefined when none. */
  readonly default: unknown;
}
