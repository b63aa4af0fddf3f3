-- One row per project, campaign, channel and message date: a cohort.
{{ funnel(
    ['project_id', 'campaign_id', 'channel', 'message_date'],
    names=['campaign'],
    settled=true,
) }}
