import {
  getMetadataStorage,
  Validator,
  type MetadataStorage,
  type ValidationError,
  type ValidatorConstraintInterface,
} from "class-validator";
import type { Newable } from "inversify";
import { classFacts } from "./class-facts.js";

/** One class-validator decorator on a property. */
export type PropertyRule = ReturnType<MetadataStorage["getTargetValidationMetadatas"]>[number];
/** The implementation of a rule, with the name that errors carry. */
export interface RuleCheck {
  readonly name: string;
  readonly instance: ValidatorConstraintInterface;
}

/** By class, with the number of its rules: a decorator may still add one. */
const knownRules = classFacts<{ count: number; rules: ReadonlyMap<string, PropertyRule[]> }>();

/** The rules of a class and of the classes that it extends, by property, in the order of declaration. */
export function rulesOf(Class: Newable<object>): ReadonlyMap<string, PropertyRule[]> {
  const storage = quickStorage();
  const count = rulesByClass(storage) && countRules(Class, rulesByClass(storage)!);
  const known = knownRules.get(Class);
  if (known && known.count === count) return known.rules;
  const rules = storage.getTargetValidationMetadatas(Class, "", false, false);
  const byProperty = new Map(Object.entries(storage.groupByPropertyName(rules)));
  if (count !== undefined) knownRules.set(Class, { count, rules: byProperty });
  return byProperty;
}

type RulesByClass = ReadonlyMap<unknown, readonly PropertyRule[]>;

function rulesByClass(storage: MetadataStorage): RulesByClass | undefined {
  const { validationMetadatas } = storage as unknown as { validationMetadatas?: unknown };
  return validationMetadatas instanceof Map ? (validationMetadatas as RulesByClass) : undefined;
}

function countRules(target: Function, byClass: RulesByClass): number {
  let count = 0;
  for (let Class: unknown = target; typeof Class === "function"; Class = Object.getPrototypeOf(Class)) {
    count += byClass.get(Class)?.length ?? 0;
  }
  return count;
}

/** The checks behind a rule of the kind `customValidation`. */
export function checksOf(rule: PropertyRule): readonly RuleCheck[] {
  return quickStorage().getTargetValidatorConstraints(rule.constraintCls);
}

/** Validates an instance by the rules of its class, asynchronous ones included. */
export function validateInstance(instance: object): Promise<ValidationError[]> {
  const global = globalThis as { classValidatorMetadataStorage?: MetadataStorage };
  const storage = getMetadataStorage();
  // A validator takes the storage when its work starts, which is before `validate` returns its promise.
  global.classValidatorMetadataStorage = quickStorage();
  try {
    return new Validator().validate(instance, { forbidUnknownValues: false, validationError: { target: false } });
  } finally {
    global.classValidatorMetadataStorage = storage;
  }
}

const instances = new WeakMap<Function, ValidatorConstraintInterface>();

/**
 * A view of class-validator's storage that gives the same answers without its two linear searches, which make the
 * validation of many classes quadratic: it looks metadata up along the prototype chain rather than in all classes,
 * and keeps one instance of each constraint class in a map rather than in a list.
 */
function quickStorage(): MetadataStorage {
  const storage = getMetadataStorage();
  const known = views.get(storage) ?? viewOf(storage);
  views.set(storage, known);
  return known;
}

const views = new WeakMap<MetadataStorage, MetadataStorage>();

function viewOf(storage: MetadataStorage): MetadataStorage {
  const byClass = rulesByClass(storage);
  const view = Object.create(storage) as MetadataStorage;
  if (byClass) {
    view.getTargetValidationMetadatas = (target, ...rest) => {
      const chain = {
        validationMetadatas: new Map(classesOf(target).map((Class) => [Class, byClass.get(Class) ?? []])),
      };
      return storage.getTargetValidationMetadatas.call(
        Object.assign(Object.create(storage) as MetadataStorage, chain),
        target,
        ...rest,
      );
    };
  }
  view.getTargetValidatorConstraints = (target) =>
    storage.getTargetValidatorConstraints(target).map((constraint) => ({
      target: constraint.target,
      name: constraint.name,
      async: constraint.async,
      instance: instanceOf(constraint.target as Newable<ValidatorConstraintInterface>),
    }));
  return view;
}

function classesOf(target: Function): Function[] {
  const classes: Function[] = [];
  for (let Class: unknown = target; typeof Class === "function" && Class !== Function.prototype;) {
    classes.push(Class);
    Class = Object.getPrototypeOf(Class);
  }
  // The base first, as it is decorated before the class that extends it.
  return classes.toReversed();
}

function instanceOf(Class: Newable<ValidatorConstraintInterface>): ValidatorConstraintInterface {
  const instance = instances.get(Class) ?? new Class();
  instances.set(Class, instance);
  return instance;
}
