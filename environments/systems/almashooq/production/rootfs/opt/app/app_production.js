// AlMashooq: a driving school's API on MongoDB, a cache in Redis Cluster, sessions in Redis.
'use strict';

const fs = require('fs');
const express = require('express');
const session = require('express-session');
const RedisStore = require('connect-redis').default;
const Redis = require('ioredis');
const { MongoClient } = require('mongodb');
const { version } = require('./package.json');

// At each start, so that a restart takes over what was changed in it.
for (const line of fs.readFileSync(`${__dirname}/.env`, 'utf8').split('\n').filter((text) => text.includes('='))) {
  process.env[line.slice(0, line.indexOf('='))] = line.slice(line.indexOf('=') + 1);
}

const PORT = Number(process.env.PORT || 3001);
const MONGODB_URI = process.env.MONGODB_URI;
const CACHE_S = 30;
const HEALTH_LIMIT_MS = 1000;

const log = (level, message) => console.log(`${new Date().toISOString()} ${level} ${message}`);

const mongo = new MongoClient(MONGODB_URI, { serverSelectionTimeoutMS: 2000, socketTimeoutMS: 5000, connectTimeoutMS: 2000 });
const database = mongo.db();
const cluster = new Redis.Cluster(
  process.env.REDIS_CLUSTER.split(',').map((node) => ({ host: '127.0.0.1', port: Number(node) })),
  { redisOptions: { commandTimeout: 2000, connectTimeout: 1000, maxRetriesPerRequest: 1 }, clusterRetryStrategy: () => 200,
    retryDelayOnFailover: 100, slotsRefreshTimeout: 1000, slotsRefreshInterval: 1000 },
);
const sessions = new Redis(6379, '127.0.0.1', { password: process.env.REDIS_PASSWORD, commandTimeout: 2000, retryStrategy: () => 200, maxRetriesPerRequest: 1 });
cluster.on('error', (error) => log('ERROR', `Redis Cluster: ${error.message}`));
sessions.on('error', (error) => log('ERROR', `Redis: ${error.message}`));

const counters = { requests: 0, errors: 0, cacheHits: 0, cacheMisses: 0, totalMs: 0 };
const reports = new Map(); // of /api/performance/metrics?window=…, kept so that the same window is not computed twice

const app = express();
app.use(express.json());
app.use(session({ store: new RedisStore({ client: sessions, prefix: 'session:' }), secret: process.env.SESSION_SECRET,
  resave: false, saveUninitialized: false }));
app.use((request, response, next) => {
  const began = process.hrtime.bigint();
  counters.requests += 1;
  response.on('finish', () => {
    counters.totalMs += Number(process.hrtime.bigint() - began) / 1e6;
    if (response.statusCode >= 500) counters.errors += 1;
  });
  next();
});

const within = (promise, ms, what) => Promise.race([
  promise, new Promise((_, reject) => { setTimeout(() => reject(new Error(`${what}: no answer within ${ms} ms`)), ms).unref(); }),
]);
const answer = (handler) => (request, response) => handler(request, response).catch((error) => {
  log('ERROR', `${error.name}: ${error.message}`);
  if (!response.headersSent) response.status(500).json({ error: error.message });
});

app.get('/health', async (request, response) => {
  const checks = await Promise.allSettled([
    within(database.command({ ping: 1 }), HEALTH_LIMIT_MS, 'MongoDB'),
    within(cluster.set('health', Date.now(), 'EX', 60), HEALTH_LIMIT_MS, 'Redis Cluster'),
    within(sessions.ping(), HEALTH_LIMIT_MS, 'Redis'),
  ]);
  const broken = checks.filter((check) => check.status === 'rejected').map((check) => check.reason.message);
  broken.forEach((reason) => log('ERROR', `health: ${reason}`));
  response.status(broken.length ? 503 : 200).json(
    { status: broken.length ? 'error' : 'ok', timestamp: new Date().toISOString(), uptime: process.uptime(), ...(broken.length && { broken }) });
});

app.get('/api/version', (request, response) => response.json({ version }));

app.post('/api/login', (request, response) => {
  request.session.user = String(request.body.user || '');
  response.status(request.session.user ? 200 : 400).json({ user: request.session.user });
});
app.get('/api/session', (request, response) => (
  request.session.user ? response.json({ user: request.session.user }) : response.status(401).json({ error: 'not logged in' })));

const cached = async (key, compute) => {
  const known = await cluster.get(key).catch(() => null); // without the cache answers are slow, not wrong
  if (known !== null) { counters.cacheHits += 1; return JSON.parse(known); }
  counters.cacheMisses += 1;
  const value = await compute();
  await cluster.set(key, JSON.stringify(value), 'EX', CACHE_S).catch((error) => log('ERROR', `cache: ${error.message}`));
  return value;
};

for (const name of ['vehicles', 'students', 'sessions', 'appointments']) {
  app.get(`/api/${name}`, answer(async (request, response) => {
    // Names are matched with what the client sends: some expressions take for ever, and one thread serves everybody.
    const like = request.query.name && new RegExp(String(request.query.name));
    const rows = await cached(`cache:${name}:all`, () => database.collection(name).find().sort({ _id: -1 }).limit(100).toArray());
    response.json(like ? rows.filter((row) => like.test(row.name)) : rows);
  }));
}

app.post('/api/appointments', answer(async (request, response) => {
  const { id, text } = request.body;
  if (!id) { response.status(400).json({ error: 'id is missing' }); return; }
  try {
    await database.collection('appointments').insertOne({ _id: id, name: text }, { writeConcern: { w: 'majority', wtimeoutMS: 2000 } });
    response.status(201).json({ id });
  } catch (error) {
    if (error.code !== 11000) throw error;
    response.status(200).json({ id }); // it is there already
  }
}));

app.get('/api/performance/metrics', (request, response) => {
  const { requests, errors, totalMs, cacheHits, cacheMisses } = counters;
  const window = String(request.query.window || 'all');
  if (window !== 'all' && !reports.has(window)) reports.set(window, Buffer.alloc(1 << 20, 1)); // never let go again
  response.json({
    requestsPerSecond: requests / process.uptime(), responseTime: `${(totalMs / (requests || 1)).toFixed(1)}ms`,
    throughput: `${(requests / process.uptime()).toFixed(1)} req/s`,
    cacheHitRate: `${((100 * cacheHits) / (cacheHits + cacheMisses || 1)).toFixed(0)}%`,
    errorRate: `${((100 * errors) / (requests || 1)).toFixed(2)}%`, memoryMb: Math.round(process.memoryUsage().rss / 2 ** 20), window,
  });
});

app.get('/api/performance/cache', answer(async (request, response) => {
  const keys = await cacheKeys('cache:*');
  response.json({ hits: counters.cacheHits, misses: counters.cacheMisses, keys: keys.sort() });
}));
app.post('/api/performance/cache/clear', answer(async (request, response) => {
  const keys = await cacheKeys(request.body.pattern ? `cache:${request.body.pattern}:*` : 'cache:*');
  await Promise.all(keys.map((key) => cluster.del(key)));
  response.json({ cleared: keys.length });
}));
const cacheKeys = async (pattern) => (await Promise.all(cluster.nodes('master').map((node) => node.keys(pattern)))).flat();

const keepMb = Number(process.env.REPORT_CACHE_MB || 0);
if (keepMb) reports.set('yesterday', Buffer.alloc(keepMb * 2 ** 20, 1)); // at one blow: piece by piece the kernel would reclaim, not kill

app.listen(PORT, () => log('INFO', `listening on ${PORT}`));
// A first connection that fails closes the driver for good: after a reboot the replica set takes a while to have a primary.
const connect = () => mongo.connect().catch((error) => {
  log('ERROR', `MongoError: ${error.message}`);
  setTimeout(connect, 1000);
});
connect();
