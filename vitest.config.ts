import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: {
    // programs in examples and in the README import the package by its name; tests run them on the sources
    alias: [
      {
        find: /^wireline\/(net|http|smtp|ftp)$/,
        replacement: fileURLToPath(new URL('./src/$1/index.ts', import.meta.url)),
      },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/setup/fast-check.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 10_000,
    hookTimeout: 20_000,
    allowOnly: process.env['CI'] === undefined,
    passWithNoTests: false,
    reporters: ['default', './.ci/summary-reporter.mjs'],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text', 'json-summary'],
      reportsDirectory: 'coverage',
      thresholds: {
        lines: 90,
        branches: 90,
        functions: 90,
        statements: 90,
        'src/{http,smtp,ftp}/{grammar,parser,machine,states,writer}.ts': { branches: 100 },
        'src/http/{scan,start-line,field-lines,desk,known-lines,line-end,head,last-head,window,fields,framing,body,encoder,target}.ts': {
          branches: 100,
        },
        'src/{http,ftp}/{server,client}-machine.ts': { branches: 100 },
        'src/ftp/{extensions,security}.ts': { branches: 100 },
        'src/smtp/{receiver,sender,data,edges,chunk,refused-chunk,judgement,address,utf8,xtext}.ts': { branches: 100 },
        'src/smtp/{parameters,parameter-values,dsn-values,peer-attributes,extensions}.ts': { branches: 100 },
        'src/smtp/{commands,envelope-commands,extension-commands,plain-path}.ts': { branches: 100 },
        'src/smtp/message/*.ts': { branches: 100 },
        'src/net/{ascii,bytes,lines,table}.ts': { branches: 100 },
      },
    },
  },
})
