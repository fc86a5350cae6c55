"""A stack that is given all that the template has."""

EVERYTHING = {
    "Firewall": "true",
    "DomainName": "gateway.example.com",
    "CertificateArn": "arn:aws:acm:us-east-1:111111111111:certificate/1",
    "HostedZone": "Z1",
    "FaultExperiments": "true",
    "ApiLogRole": "create",
    "ReserveConcurrency": "true",
}
