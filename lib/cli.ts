#!/usr/bin/env node
/** The program `smipc`. */
import process from 'node:process';
import { main } from './cli/main.js';

void main(process.argv.slice(2));
