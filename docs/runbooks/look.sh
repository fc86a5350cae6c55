# What the runbooks look with, for bash. In this project's folder, with the AWS CLI and with
# credentials and a region that reach the stack:
#
#     STACK=batchgate-prod; . docs/runbooks/look.sh
#
# On the local stack: AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_ACCESS_KEY_ID=test
# AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1, exported, and STACK=batchgate.

export BATCHGATE_STACK=$STACK PATH=$PWD:$PATH # for `batchgate`

out() { # out <output>: an output of the stack
  aws cloudformation describe-stacks --stack-name "$STACK" --output text \
    --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue"
}

logs() { # logs <function>: its log group
  aws cloudformation describe-stack-resources --stack-name "$STACK" --logical-resource-id "${1}Log" \
    --output text --query "StackResources[0].PhysicalResourceId"
}

endpoints() { # endpoints: the functions that partners call
  aws cloudformation list-stack-resources --stack-name "$STACK" --output text \
    --query "StackResourceSummaries[?ResourceType=='AWS::Lambda::Function'].[LogicalResourceId]" |
    grep -vxE 'Worker|Sweep|GiveUp|Audit'
}

tell() { # tell <function> <text> [<hours>]: its log lines with this text
  aws logs filter-log-events --log-group-name "$(logs "$1")" --filter-pattern "\"$2\"" \
    --start-time "$((($(date +%s) - 3600 * ${3:-1}) * 1000))" --output json \
    --query "events[].message" | python3 -c '
import json, sys
for line in json.load(sys.stdin):
    print(line.strip())'
}

ask() { # ask <functions> <query> [<hours>]: a query of CloudWatch Logs Insights over their logs
  local groups id
  groups=$(for one in $1; do logs "$one"; done)
  id=$(aws logs start-query --log-group-names $groups --query-string "$2" --output text \
    --query queryId --start-time "$(($(date +%s) - 3600 * ${3:-1}))" --end-time "$(date +%s)")
  while [ "$(aws logs get-query-results --query-id "$id" --query status --output text)" = Running ]; do
    sleep 1
  done
  aws logs get-query-results --query-id "$id" --output json | python3 -c '
import json, sys
for row in json.load(sys.stdin)["results"]:
    print("  ".join(one["field"] + "=" + one["value"] for one in row if one["field"] != "@ptr"))'
}

measured() { # measured <namespace> <metric> <statistic> <hours> [Name=…,Value=…]…: by five minutes
  local namespace=$1 metric=$2 statistic=$3 hours=$4
  shift 4
  aws cloudwatch get-metric-statistics --namespace "$namespace" --metric-name "$metric" \
    --statistics "$statistic" --period 300 ${1:+--dimensions "$@"} --output text \
    --start-time "$(python3 -c "import time; print(int(time.time()) - 3600 * $hours)")" \
    --end-time "$(date +%s)" --query "sort_by(Datapoints, &Timestamp)[].[Timestamp, $statistic]"
}

alarms() { # alarms: the stack's alarms, those that ring first
  aws cloudwatch describe-alarms --alarm-name-prefix "$STACK-" --output text \
    --query "MetricAlarms[].[StateValue, AlarmName, StateReason]" | sort
}

messages() { # messages <WorkQueueUrl or DeadQueueUrl>: how many wait, and how many are being worked
  aws sqs get-queue-attributes --queue-url "$(out "$1")" --output text --query Attributes \
    --attribute-names ApproximateNumberOfMessages ApproximateNumberOfMessagesNotVisible
}
