-- One row per project, campaign and channel.
{{ funnel(['project_id', 'campaign_id', 'channel'], names=['campaign'], times=true) }}
