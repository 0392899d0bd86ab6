cd /opt/fraiseql
