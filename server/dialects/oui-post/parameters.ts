/** What a parameter means, where its route does not say. */
export const parameters: Record<string, string> = {
  id: 'The id of the thing in this address, with or without its prefix',
  page: 'Page number',
  limit: 'Items per page',
  platform: 'Only this platform, such as `facebook`',
  status: 'Only those in this state',
  granularity: 'How much time each point of the timeline stands for',
  period: 'How far back from now',
  user_id: 'Only what this user did',
  action: 'Only this action, such as `api_key.created`',
  from: 'From this moment or day on',
  to: 'Up to this moment, or to the end of this day',
}
