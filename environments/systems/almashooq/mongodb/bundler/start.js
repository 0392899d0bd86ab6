// Starts the bundle of mongosh with the machine code that was kept when the image was built, as MongoDB's own build does:
// without it each start compiles 14 MB of JavaScript. With RUNPROOF_KEEP_CODE it keeps the code when the shell exits.
'use strict';
const fs = require('fs');
const vm = require('vm');
const { createRequire, wrap } = require('module');
const file = `${__dirname}/mongosh.js`;
const kept = `${__dirname}/mongosh.code`;
const script = new vm.Script(wrap(fs.readFileSync(file, 'utf8').replace(/^#!.*/, '')), {
  filename: file, cachedData: fs.existsSync(kept) ? fs.readFileSync(kept) : undefined });
if (process.env.RUNPROOF_KEEP_CODE) process.on('exit', () => fs.writeFileSync(kept, script.createCachedData()));
process.argv[1] = file;
script.runInThisContext().call(module.exports, module.exports, createRequire(file), module, file, __dirname);
