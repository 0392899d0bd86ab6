"""AlMashooq's document: what the drills select from sections 1.1 to 1.5, spelled out by hand."""

from pathlib import Path

import pytest

from environments.hosts.operator import Ending
from steps.runbook.document import read_runbook
from steps.runbook.interactive import ending_for

RUNBOOK = Path(__file__).parents[2] / "features" / "almashooq" / "RUNBOOK.md"
DOWN = "1.1 Critical Service Down"
DATABASE = "1.2 Database Connection Failure"
REDIS = "1.3 Redis Cluster Failure"
CPU = "1.4 High CPU Usage"
MEMORY = "1.5 Memory Leak"
D, R, V = "diagnosis", "remedy", "verification"


@pytest.fixture(scope="module")
def runbook():
    return read_runbook(RUNBOOK)


@pytest.mark.parametrize(
    ("heading", "diagnosis"),
    [
        (DOWN, [("1. Verify the alert is real", "curl http://localhost:3001/health"),
                ("2. Check if service is running", "pm2 status"),
                ("3. Check system resources", "top"), ("3. Check system resources", "df -h"),
                ("4. Check logs for errors", "tail -f logs/app.log")]),
        (DATABASE, [("Check MongoDB status", "systemctl status mongod"),
                    ("Check if MongoDB is responding", 'mongo --eval "db.serverStatus()"'),
                    ("Check MongoDB logs", "tail -f /var/log/mongodb/mongod.log"),
                    ("Check connection count", 'mongo --eval "db.serverStatus().connections"')]),
        (REDIS, [("Check cluster status", "redis-cli -p 7000 cluster info"),
                 ("Check all nodes", 'for port in {7000..7005}; do\n  echo "Node $port:"\n  redis-cli -p $port ping\ndone'),
                 ("Check cluster nodes", "redis-cli -p 7000 cluster nodes")]),
        (CPU, [("Check top processes", "top"), ("Check Node.js processes", "ps aux | grep node"),
               ("Check CPU per core", "mpstat -P ALL 1"), ("Check load average", "uptime")]),
        (MEMORY, [("Check memory usage", "free -h"),
                  ("Check Node.js heap", "node --expose-gc --max-old-space-size=4096"),
                  ("Check process memory", "ps aux | grep node | awk '{print $6}'"),
                  ("Check for memory leaks", "pm2 monit")]),
    ],
)
def test_immediate_actions(runbook, heading, diagnosis):
    assert [(command.caption, command.text) for command in runbook.section(heading).diagnosis()] == diagnosis


@pytest.mark.parametrize(
    ("heading", "steps"),
    [
        (DOWN, [(1, R, "pm2 restart app_production"), (2, V, "curl http://localhost:3001/health"), (3, D, "redis-cli ping"),
                (3, D, 'mongo --eval "db.runCommand({ping: 1})"'), (4, D, "netstat -tuln | grep 3001"), (5, D, "df -h"),
                (6, D, "free -h"), (7, R, "sudo reboot")]),
        (DATABASE, [(1, R, "systemctl restart mongod"), (2, D, 'mongo --eval "rs.status()"'),
                    (3, R, 'mongo --eval "rs.stepDown()"'), (4, D, 'mongo --eval "rs.printReplicationInfo()"'),
                    (5, V, "cat .env | grep MONGODB_URI"), (6, V, 'mongo "mongodb://localhost:27017/almashooq"'),
                    (7, D, 'mongo --eval "db.currentOp()"'), (8, R, 'mongo --eval "db.killOp(<opid>)"')]),
        (REDIS, [(1, D, "redis-cli -p 7000 cluster nodes | grep fail"),
                 (2, R, "redis-server --port <failed-port> \\\n  --cluster-enabled yes \\\n"
                        "  --cluster-config-file nodes-<port>.conf"),
                 (3, R, "redis-cli -p <port> cluster reset hard"), (4, R, "redis-cli --cluster rebalance 127.0.0.1:7000"),
                 (5, D, "redis-cli -p 7000 cluster info | grep cluster_state"),
                 (6, R, "redis-cli -p <replica-port> cluster failover"),
                 (7, V, "redis-cli -p 7000 cluster check 127.0.0.1:7000")]),
        (CPU, [(1, D, "top -o %CPU"), (2, D, "pm2 monit"), (3, D, "ps -p <PID> -o %cpu,%mem,cmd"),
               (4, D, """mongo --eval "db.currentOp({'secs_running': {$gt: 1}})\""""),
               (5, R, 'pm2 restart app_production --node-args="--prof"'), (6, R, "pm2 scale app_production +1"),
               (7, R, "pm2 restart app_production"), (8, R, "node --prof-process isolate-*.log > processed.txt")]),
        (MEMORY, [(1, R, "kill -USR2 <node-pid>"), (2, R, "pm2 restart app_production"), (3, D, "watch -n 5 'free -h'"),
                  (4, R, 'pm2 restart app_production \\\n  --node-args="--trace-gc --trace-gc-verbose"'),
                  (5, R, "node --inspect heapdump-*.heapsnapshot"),
                  (7, R, 'pm2 restart app_production \\\n  --node-args="--max-old-space-size=8192"')]),
    ],
)
def test_steps(runbook, heading, steps):
    section = runbook.section(heading)
    numbers = dict.fromkeys(number for number, _, _ in steps)
    told = [(number, command.role, command.text)
            for number in numbers for command in section.option(f"Step {number}")]
    assert told == steps


def test_a_part_of_a_step_by_its_comment(runbook):
    section = runbook.section(DOWN)
    assert [command.text for command in section.option("Redis")] == ["redis-cli ping"]
    assert [command.text for command in section.option("MongoDB")] == ['mongo --eval "db.runCommand({ping: 1})"']
    assert section.option("Step 1: Restart the application") == section.option("step 1")


def test_symptoms(runbook):
    said = {heading: runbook.section(heading).field("Symptoms").text.split("\n")
            for heading in (DOWN, DATABASE, REDIS, CPU, MEMORY)}
    assert said[DATABASE] == ['- Errors in logs: "MongoError: connection refused"', "- API returns 500 errors",
                              "- Slow query responses", '- Alert: "Database Connection Failed"']
    assert {heading: len(lines) for heading, lines in said.items()} == {DOWN: 4, DATABASE: 4, REDIS: 4, CPU: 4, MEMORY: 4}


def test_headings_that_promise_a_time(runbook):
    headings = {section.heading for section in runbook.sections}
    assert headings >= {"Immediate Actions (First 5 Minutes)", "P0: Critical (15 min SLA)", "P1: High (1 hour SLA)",
                        "P2: Medium (4 hours SLA)", "Step 1: Detection & Acknowledgment (0-5 min)"}


def test_commands_that_a_person_ends(runbook):
    ended = {
        (command.text.split(" \\")[0], ending_for(command.text))
        for heading in (DOWN, DATABASE, REDIS, CPU, MEMORY) for command in runbook.section(heading).commands
    }
    assert {pair for pair in ended if pair[1] is not Ending.ITSELF} == {
        ("top", Ending.Q), ("top -o %CPU", Ending.Q), ("tail -f logs/app.log", Ending.CTRL_C),
        ("tail -f /var/log/mongodb/mongod.log", Ending.CTRL_C), ("mpstat -P ALL 1", Ending.CTRL_C),
        ("pm2 monit", Ending.Q), ("watch -n 5 'free -h'", Ending.CTRL_C),
        ('mongo "mongodb://localhost:27017/almashooq"', Ending.CTRL_D),
        ("node --expose-gc --max-old-space-size=4096", Ending.CTRL_D),
        ("redis-server --port <failed-port>", Ending.KEEP), ("sudo reboot", Ending.NEW_LOGIN),
    }


def test_scheduled_and_quoted_commands(runbook):
    schedule = runbook.section("Automated Backup Schedule").commands
    assert [(command.caption, command.text, command.manual) for command in schedule] == [
        ("Add to crontab", "crontab -e", True), ("Daily full backup at 2 AM", "/opt/scripts/full_backup.sh", False),
        ("Hourly incremental (Redis only)", "redis-cli -p 7000 BGSAVE", False),
        ("Sync to remote storage (S3/Azure)", "aws s3 sync /backups/ s3://company-backups/", False)]
    texts = "\n".join(command.text for command in runbook.all_commands)
    for file_content in ("upstream backend", "errorRate", "* * *", "http_code", "process.on"):
        assert file_content not in texts


def test_nothing_of_sections_1_1_to_1_5_is_waived(runbook):
    drilled = {command.heading for heading in (DOWN, DATABASE, REDIS, CPU, MEMORY)
               for command in runbook.section(heading).commands}
    assert runbook.waived
    assert not drilled & {waiver.heading for waiver in runbook.waived}
