import { Type } from "class-transformer";
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Max,
  Min,
  ValidateNested,
} from "class-validator";
import type { Newable } from "inversify";

/** What the config of every generated module holds, as the YAML of the configuration says it. */
export interface GeneratedConfig {
  name: string;
  limit: number;
  users: string[];
  rules: { pattern: string; action: string; enabled?: boolean }[];
}

/** A config class with a nested list of rules. Each call makes classes of their own. */
export function configClass(): Newable<GeneratedConfig> {
  class Rule {
    @IsString() pattern!: string;
    @IsIn(["deny", "allow", "report"]) action!: string;
    @IsOptional() @IsBoolean() enabled?: boolean;
  }
  class Config implements GeneratedConfig {
    @IsString() name!: string;
    @IsInt() @Min(1) @Max(1000) limit!: number;
    @IsString({ each: true }) users!: string[];
    @IsArray() @ArrayMaxSize(10) @ValidateNested({ each: true }) @Type(() => Rule) rules!: Rule[];
  }
  return Config;
}

/** A homeserver's configuration that lists modules, each in a file of its own. */
export function configurationText(count: number, fileOf: (index: number) => string): string {
  const entries = Array.from(
    { length: count },
    (_, index) => `  - module: "./${fileOf(index)}"
    config:
      name: "module ${index}"
      limit: ${1 + (index % 1000)}
      users: ["@eve${index}:example.org", "@mallory:example.org"]
      rules:
        - pattern: "spam ${index}"
          action: deny
        - pattern: "*.example.com"
          action: report
          enabled: false
`,
  );
  return `server_name: example.org\nmodules:\n${entries.join("")}`;
}
