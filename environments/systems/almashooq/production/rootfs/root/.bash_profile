cd /opt/app
