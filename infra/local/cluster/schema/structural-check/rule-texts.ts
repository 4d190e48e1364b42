import type { FieldError } from '../../api-error.ts';
import type { JsonSchema, ValidationRule } from '../json-schema.ts';
import { compileRule } from '../rules/compile.ts';
import { fieldPathOf } from '../rules/field-path.ts';
import { errorOf, notSupported } from '../validate/field-error.ts';

const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

/** What is wrong with a rule's texts, its expressions aside. */
export function ruleTextErrors(schema: JsonSchema, path: string): readonly FieldError[] {
  return (schema['x-kubernetes-validations'] ?? []).flatMap((rule, at) =>
    textErrors(rule, schema, `${path}.x-kubernetes-validations[${at}]`),
  );
}

function textErrors(rule: ValidationRule, schema: JsonSchema, path: string): readonly FieldError[] {
  const { message = '', messageExpression = '', fieldPath = '', reason } = rule;
  const errors: FieldError[] = [];
  const add = (kind: FieldError['reason'], name: string, detail: string, value?: unknown) => {
    errors.push(errorOf(kind, `${path}.${name}`, value, detail));
  };
  const isBlank = (text: string) => text !== '' && text.trim() === '';
  if (rule.rule.trim() === '') add('FieldValueRequired', 'rule', 'rule is not specified');
  else if (isBlank(message)) add('FieldValueInvalid', 'message', 'must be non-empty if specified', message);
  else if (message.trim().includes('\n')) {
    add('FieldValueInvalid', 'message', 'must not contain line breaks', message);
  } else if (rule.rule.trim().includes('\n') && message === '') {
    add('FieldValueRequired', 'message', 'message must be specified if rule contains line breaks');
  }
  if (isBlank(messageExpression)) {
    add('FieldValueRequired', 'messageExpression', 'messageExpression must be non-empty if specified');
  }
  if (reason !== undefined && !REASONS.includes(reason)) {
    errors.push(notSupported(`${path}.reason`, reason, REASONS));
  }
  if (isBlank(fieldPath)) add('FieldValueInvalid', 'fieldPath', 'must be non-empty if specified', fieldPath);
  if (fieldPath.includes('\n'))
    add('FieldValueInvalid', 'fieldPath', 'must not contain line breaks', fieldPath);
  if (fieldPath !== '' && fieldPathOf(fieldPath, schema) === undefined) {
    add('FieldValueInvalid', 'fieldPath', 'must be a valid path', fieldPath);
  }
  return errors;
}

/** Rules that cannot be compiled, or compare what cannot be told apart; `seen` is the schema as rules see it. */
export function expressionErrors(
  schema: JsonSchema,
  seen: JsonSchema,
  path: string,
  uncorrelatable: string | undefined,
): readonly FieldError[] {
  return (schema['x-kubernetes-validations'] ?? []).flatMap((rule, index) => {
    const at = `${path}.x-kubernetes-validations[${index}]`;
    const result = compileRule(rule, seen);
    if ('problem' in result) {
      const { part, detail } = result.problem;
      return [errorOf('FieldValueInvalid', `${at}.${part}`, goRule(rule), detail)];
    }
    if (result.compiled.usesOldSelf && uncorrelatable !== undefined) {
      const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`;
      return [errorOf('FieldValueInvalid', `${at}.rule`, rule.rule, detail)];
    }
    if (!result.compiled.usesOldSelf && rule.optionalOldSelf !== undefined) {
      const detail = 'may not be set if oldSelf is not used in rule';
      return [errorOf('FieldValueInvalid', `${at}.optionalOldSelf`, rule.optionalOldSelf, detail)];
    }
    return [];
  });
}

function goRule({ rule, message, messageExpression, reason, fieldPath, optionalOldSelf }: ValidationRule) {
  return {
    Rule: rule,
    Message: message ?? '',
    MessageExpression: messageExpression ?? '',
    Reason: reason ?? null,
    FieldPath: fieldPath ?? '',
    OptionalOldSelf: optionalOldSelf ?? null,
  };
}
