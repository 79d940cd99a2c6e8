// Who may import whom. `npm run deps` checks every import in src, type-only ones included.

const SANS_IO = [
  '^src/(http|smtp|ftp)/(grammar|events|errors|limits|states|parser|writer|machine)[.]ts$',
  '^src/http/(scan|slots|start-line|field-lines|desk|known-lines|line-end|head|last-head|window|fields|framing|body|chunked|encoder|target|status)[.]ts$',
  '^src/(http|ftp)/(server|client)-machine[.]ts$',
  '^src/ftp/(commands|arguments|extensions|hash-names|security|rows/[a-z]+)[.]ts$',
  '^src/smtp/(receiver(-options)?|judgement|sender|data|edges|chunk|refused-chunk|assembly|address|utf8|xtext|parameters|(parameter|dsn)-values|extensions|reply|answers|transaction)[.]ts$',
  '^src/smtp/((envelope-|extension-)?commands|command-context|plain-path|peer-attributes)[.]ts$',
  '^src/smtp/message/(?!read-message)[a-z0-9-]+[.]ts$',
  '^src/net/(ascii|bytes|lent|lines|table|errors|machine)[.]ts$',
]

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'net-knows-no-protocol',
      comment:
        'src/net is the ground that all three protocols stand on: what it knew of one, the other two would inherit.',
      severity: 'error',
      from: { path: '^src/net/' },
      to: { path: '^src/(?!net/)' },
    },
    {
      name: 'protocols-stay-apart',
      comment:
        'http, smtp and ftp share leaves (src/net), never trunks: a rule of one protocol must not leak into another, ' +
        'and who imports wireline/ftp must not load HTTP.',
      severity: 'error',
      from: { path: '^src/(http|smtp|ftp)/' },
      to: { path: '^src/(http|smtp|ftp)/', pathNot: '^src/$1/' },
    },
    {
      name: 'nothing-imports-the-cli',
      comment: 'The command line uses the library; a library that needs its command line cannot be embedded.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'sockets-only-in-net',
      comment:
        'One place owns sockets, TLS and name look-up, so that deadlines, backpressure and limits are right once, ' +
        'and everything above runs over an in-memory pair.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/net/' },
      to: { path: '^(node:)?(net|tls|dns|dns/promises|dgram)$' },
    },
    {
      name: 'files-only-in-adapters',
      comment:
        'The disk is reached through the storage and Maildir adapters and the command line alone: there the path checks stand, ' +
        'and a protocol can be served from memory.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(ftp/storage/|smtp/maildir[^/]*[.]ts$|cli/)' },
      to: { path: '^(node:)?fs(/promises)?$' },
    },
    {
      name: 'machines-touch-no-socket',
      comment:
        'From grammar to machine the code is sans-I/O: bytes and the time come in as arguments, so every state can be tested ' +
        'without a port or a clock. Not even the types of the I/O layer belong here.',
      severity: 'error',
      from: { path: SANS_IO },
      to: {
        path: [
          '^src/net/(socket|listener|dial|timers|pair|tls)[.]ts$',
          '^src/.*/(connection|client|server|client-connection|server-connection)[.]ts$',
        ],
      },
    },
    {
      name: 'machines-hold-no-clock',
      comment: 'The same rule for what Node brings: no timer, clock, stream or socket module at the sans-I/O levels.',
      severity: 'error',
      from: { path: SANS_IO },
      to: {
        path: '^(node:)?(net|tls|dns|dns/promises|timers|timers/promises|perf_hooks|stream|stream/.+|fs|fs/promises)$',
      },
    },
    {
      name: 'no-borrowed-protocol',
      comment: 'The protocols are written here from scratch: Node brings an HTTP of its own, and it is not used.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(node:)?(http|https|http2|_http_.+)$' },
    },
    {
      name: 'no-package-in-src',
      comment: 'wireline has no runtime dependency; what src imports from a package would be missing at the user.',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-bundled', 'npm-no-pkg', 'npm-unknown'],
      },
    },
    {
      name: 'no-unresolvable',
      comment: 'An import that resolves to nothing escapes every rule above.',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'no-circular',
      comment: 'The layers have a direction; a cycle, even of types, is two files that are one.',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
  ],
  options: {
    // type-only imports count: a type is a dependency of the reader too
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
}
