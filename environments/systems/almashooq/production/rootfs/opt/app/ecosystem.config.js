const fs = require('fs');

const settings = Object.fromEntries(fs.readFileSync('/opt/app/.env', 'utf8').split('\n')
  .filter((line) => line.includes('=')).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));

module.exports = {
  apps: [{
    name: 'app_production', cwd: '/opt/app', script: 'app_production.js', env: settings, time: false,
    out_file: '/opt/app/logs/app.log', error_file: '/opt/app/logs/app.log', merge_logs: true,
    max_restarts: 10, min_uptime: 60000, // and no restart_delay: with one, pm2 says "waiting restart" for ever when it has given up
  }],
};
