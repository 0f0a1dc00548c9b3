"""Services that route by routekit: HTTP, Twilio's webhooks, a Lambda function of Amazon Connect."""
