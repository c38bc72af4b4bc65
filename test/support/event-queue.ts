/** Resources of a stack: the queue `Queue`, and the rule `Rule` that fills it with the events that match. */
export function eventQueue(EventPattern: object): object {
  return {
    Queue: { Type: "AWS::SQS::Queue" },
    Policy: {
      Type: "AWS::SQS::QueuePolicy",
      Properties: {
        Queues: [{ Ref: "Queue" }],
        PolicyDocument: {
          Statement: {
            Effect: "Allow",
            Principal: { Service: "events.amazonaws.com" },
            Action: "sqs:SendMessage",
            Resource: { "Fn::GetAtt": ["Queue", "Arn"] },
            Condition: { ArnEquals: { "aws:SourceArn": { "Fn::GetAtt": ["Rule", "Arn"] } } },
          },
        },
      },
    },
    Rule: {
      Type: "AWS::Events::Rule",
      Properties: { EventPattern, Targets: [{ Id: "queue", Arn: { "Fn::GetAtt": ["Queue", "Arn"] } }] },
    },
  };
}
