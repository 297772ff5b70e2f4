// What Ligand validates configs by.
export * from "class-transformer";
export { validate } from "class-validator";
