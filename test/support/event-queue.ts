/** Resources of a stack: the queue `Queue`, into which the service may put what comes from the source. */
export function openQueue(Service: string, sourceArn: object): object {
  return {
    Queue: { Type: "AWS::SQS::Queue" },
    QueuePolicy: {
      Type: "AWS::SQS::QueuePolicy",
      Properties: {
        Queues: [{ Ref: "Queue" }],
        PolicyDocument: {
          Statement: {
            Effect: "Allow",
            Principal: { Service },
            Action: "sqs:SendMessage",
            Resource: { "Fn::GetAtt": ["Queue", "Arn"] },
            Condition: { ArnEquals: { "aws:SourceArn": sourceArn } },
          },
        },
      },
    },
  };
}

/** The same, with the rule `Rule` that fills it with the events that match. */
export function eventQueue(EventPattern: object): object {
  return {
    ...openQueue("events.amazonaws.com", { "Fn::GetAtt": ["Rule", "Arn"] }),
    Rule: {
      Type: "AWS::Events::Rule",
      Properties: { EventPattern, Targets: [{ Id: "queue", Arn: { "Fn::GetAtt": ["Queue", "Arn"] } }] },
    },
  };
}
