/**
 * A config whose migration does nothing, for commands that must fail, or be stopped, before anything is replayed.
 * Its service says when it starts and stops.
 */
const migration = {
  name: 'stand-in',
  measures: [],
  fields: [{ name: 'amount' }],
  metrics: [],
  redCodes: [],
  flags: { DUAL_WRITE_V2: '0' },
  defects: [],
  checkFlag: (_, text) => (/^(0|1|\d+%)$/.test(text) ? null : 'expected 0, 1 or a share such as 10%'),
  openStore: async () => ({ close: async () => process.stderr.write('store closed\n') }),
  createService() {},
  rolloutBucket() {},
  importer: {},
  serve: async ({ host, port, log }) => {
    log('started');
    if (process.env.FAULT === 'serve') throw new TypeError('no such thing at postgres://u:secret@h/x');
    if (process.env.FAULT === 'late') setTimeout(() => Promise.reject(new RangeError('too late')), 5);
    const stay = setInterval(() => {}, 1_000);
    return { url: `http://${host}:${port}`, close: async () => clearInterval(stay) };
  },
};

export const config = {
  migration,
  fixtures: 'fixtures',
  golden: 'golden',
  seed: '7',
  store: 'memory',
  settings: { alone: {}, base: {}, full: {}, shares: [] },
  limits: {},
  suites: [{ name: 'everyday' }],
};
