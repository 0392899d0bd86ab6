module.exports = {
  apps: [{
    name: 'app_production', cwd: '/opt/app', script: 'app_production.js',
    out_file: '/opt/app/logs/app.log', error_file: '/opt/app/logs/app.log',
  }],
};
