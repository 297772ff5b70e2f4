// What Ligand validates configs by.
import "reflect-metadata";
import "class-transformer";
import "class-validator";
