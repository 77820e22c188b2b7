/*
 * The sms endpoint as a site's owner would write it for Node.js: Express,
 * Twilio's own middleware and TwiML, node-postgres with a pool, the same two
 * rows, a process for each processor.
 *
 * environment: LISTEN (a port or a socket's path), STORE (transaction or
 * statement), TWILIO_AUTH_TOKEN, and PGHOST, PGPORT, PGDATABASE, PGUSER
 */
'use strict';

const cluster = require('node:cluster');
const crypto = require('node:crypto');
const os = require('node:os');

const express = require('express');
const { Pool } = require('pg');
const twilio = require('twilio');

const store = require(`./${process.env.STORE}`);

const PROCESSES = os.availableParallelism();
const CONNECTIONS = 16;

function eventKey(params) {
  return crypto.createHash('sha256').update('sms').update(params).digest();
}

function serve() {
  const pool = new Pool({ max: Math.ceil(CONNECTIONS / PROCESSES) });
  const app = express();

  app.disable('etag');
  app.disable('x-powered-by');
  app.post(
    '/api/webhooks/sms',
    express.urlencoded({ extended: false }),
    twilio.webhook(),
    async (request, response) => {
      const params = JSON.stringify(request.body);

      await store(pool, eventKey(params), params, request.body);
      response.type('text/xml').send(new twilio.twiml.MessagingResponse().toString());
    },
  );
  app.listen(process.env.LISTEN);
}

if (cluster.isPrimary) {
  for (let i = 0; i < PROCESSES; i++) {
    cluster.fork();
  }
} else {
  serve();
}
