// The architecture, as a test. `npm run lint:architecture`
const test = '[.]test[.]ts$'
const mayImport = (name, from, ...allowed) => ({
  name,
  severity: 'error',
  comment: `${from} may import only: ${allowed.join(', ') || 'itself'}`,
  from: { path: `^${from}/`, pathNot: test },
  to: {
    path: '^(server|web|client|cli|mcp|sandbox)/',
    pathNot: [`^${from}/`, ...allowed.map((a) => `^${a}`)],
  },
})
const strangers = (folder) => ({
  name: `${folder.split('/').pop()}-are-strangers`,
  severity: 'error',
  comment: 'Siblings share through the contract, never through each other.',
  from: { path: `^${folder}/([^/]+)/` },
  to: { path: `^${folder}/[^/]+/`, pathNot: `^${folder}/$1/` },
})
const contract = 'server/networks/network[.]ts$'
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    mayImport('domain-is-pure', 'server/domain'),
    mayImport('storage-knows-domain', 'server/storage', 'server/domain/'),
    mayImport('networks-know-domain', 'server/networks', 'server/domain/', 'server/net/'),
    mayImport('buffer-is-a-guest', 'server/buffer', 'server/domain/', 'server/net/'),
    mayImport(
      'operations-do-the-work',
      'server/operations',
      'server/domain/',
      'server/storage/',
      'server/net/',
      'server/buffer/',
      contract,
    ),
    mayImport(
      'engine-knows-contract',
      'server/engine',
      'server/domain/',
      'server/storage/',
      'server/net/',
      contract,
    ),
    mayImport(
      'dialects-translate',
      'server/dialects',
      'server/domain/',
      'server/operations/',
      'server/http/',
    ),
    mayImport('http-serves-dialects', 'server/http', 'server/domain/', 'server/operations/', 'server/net/'),
    mayImport('client-stands-alone', 'client'),
    {
      ...mayImport('cli-speaks-http', 'cli', 'client/'), // serve, migrate and doctor start the server itself
      from: { path: '^cli/', pathNot: [test, '(^|/)(serve|migrate|doctor)[.]ts$'] },
    },
    mayImport('mcp-speaks-http', 'mcp', 'client/'),
    mayImport('web-speaks-http', 'web', 'client/'),
    mayImport('sandbox-is-an-outsider', 'sandbox'),
    strangers('server/networks'),
    strangers('server/dialects'),
    strangers('sandbox'),
    {
      name: 'sql-lives-in-storage',
      severity: 'error',
      from: { path: '^server/', pathNot: [test, '^server/storage/', '^server/main[.]ts$'] },
      to: { path: '(^|/)node_modules/(pg|kysely)(/|$)|^(pg|kysely)$' },
    },
    {
      name: 'tests-stay-out-of-production',
      severity: 'error',
      from: { pathNot: [test, '^test/', '^sandbox/', '^server/main[.]ts$'] },
      to: { path: `^sandbox/|${test}` },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'types'],
    },
  },
}
