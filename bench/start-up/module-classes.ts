import { Inject, Injectable } from "@nestjs/common";
import { inject, injectable, type Newable } from "inversify";
import { Module, ModuleConfig, NOT_SPAM, SpamChecker, type RoomEvent } from "ligand";
import { configClass, type GeneratedConfig } from "./generated.js";

/** A generated module class, with what a peer has to know to construct it. */
export interface GeneratedModule {
  readonly class: Newable<object>;
  readonly config: Newable<GeneratedConfig>;
  /** What the class injects its config by, where the peer has containers. */
  readonly token: symbol;
}

export function plainModule(): GeneratedModule {
  class PlainModule {
    constructor(readonly config: GeneratedConfig) {}
    check(event: RoomEvent) {
      return this.config.users.includes(event.sender) ? "M_FORBIDDEN" : NOT_SPAM;
    }
  }
  return { class: PlainModule as Newable<object>, config: configClass(), token: Symbol("config") };
}

export function inversifyModule(): GeneratedModule {
  const token = Symbol("config");
  @injectable()
  class InversifyModule {
    constructor(@inject(token) readonly config: GeneratedConfig) {}
    check(event: RoomEvent) {
      return this.config.users.includes(event.sender) ? "M_FORBIDDEN" : NOT_SPAM;
    }
  }
  return { class: InversifyModule as Newable<object>, config: configClass(), token };
}

export function nestModule(): GeneratedModule {
  const token = Symbol("config");
  @Injectable()
  class NestModule {
    constructor(@Inject(token) readonly config: GeneratedConfig) {}
    check(event: RoomEvent) {
      return this.config.users.includes(event.sender) ? "M_FORBIDDEN" : NOT_SPAM;
    }
  }
  return { class: NestModule as Newable<object>, config: configClass(), token };
}

/** Ligand knows the config class of a module by its decorator. */
export function ligandModule(): Newable<object> {
  @Module({ config: configClass() })
  class LigandModule {
    constructor(@inject(ModuleConfig) readonly config: GeneratedConfig) {}
    @SpamChecker.checkEventForSpam()
    check(event: RoomEvent) {
      return this.config.users.includes(event.sender) ? "M_FORBIDDEN" : NOT_SPAM;
    }
  }
  return LigandModule as Newable<object>;
}
