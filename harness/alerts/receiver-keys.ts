/**
 * Which keys Alertmanager's receivers know and which they cannot do without. A table rather than code, because it only
 * keeps a misspelt key or a receiver without an address from passing as valid.
 */
import type { YamlNode } from './yaml-source.ts';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);
const HTTP = 'send_resolved http_config';

/** The keys of `global` and of each kind of receiver. */
export const RECEIVER_KEYS: Readonly<Record<string, readonly string[]>> = {
  global:
    words(`resolve_timeout http_config smtp_from smtp_hello smtp_smarthost smtp_auth_username smtp_auth_password
    smtp_auth_password_file smtp_auth_secret smtp_auth_secret_file smtp_auth_identity smtp_require_tls smtp_tls_config
    smtp_force_implicit_tls slack_api_url slack_api_url_file slack_app_token slack_app_token_file slack_app_url
    pagerduty_url opsgenie_api_url opsgenie_api_key opsgenie_api_key_file wechat_api_url wechat_api_secret
    wechat_api_secret_file wechat_api_corp_id victorops_api_url victorops_api_key victorops_api_key_file
    telegram_api_url telegram_bot_token telegram_bot_token_file webex_api_url jira_api_url rocketchat_api_url
    rocketchat_token rocketchat_token_file rocketchat_token_id rocketchat_token_id_file mattermost_webhook_url
    mattermost_webhook_url_file`),
  webhook: words(`${HTTP} url url_file max_alerts timeout payload`),
  email:
    words(`send_resolved to from hello smarthost auth_username auth_password auth_password_file auth_secret
    auth_secret_file auth_identity headers html text require_tls tls_config force_implicit_tls threading`),
  slack:
    words(`${HTTP} api_url api_url_file app_token app_token_file app_url channel username color title title_link
    pretext text message_text fields short_fields footer fallback callback_id icon_emoji icon_url image_url thumb_url
    link_names mrkdwn_in actions timeout update_message`),
  pagerduty:
    words(`${HTTP} service_key service_key_file routing_key routing_key_file url client client_url description
    details images links severity class component group source timeout`),
  opsgenie:
    words(`${HTTP} api_key api_key_file api_url message description source details entity responders actions tags
    note priority update_alerts`),
  victorops:
    words(`${HTTP} api_key api_key_file api_url routing_key message_type state_message entity_display_name
    monitoring_tool custom_fields`),
  pushover:
    words(`${HTTP} user_key user_key_file token token_file title message device url url_title priority sound retry
    expire ttl html monospace`),
  wechat: words(
    `${HTTP} api_secret api_secret_file api_url corp_id agent_id to_user to_party to_tag message message_type`,
  ),
  sns: words(`${HTTP} api_url sigv4 topic_arn phone_number target_arn subject message attributes`),
  telegram: words(`${HTTP} api_url bot_token bot_token_file chat_id chat_id_file message_thread_id message
    disable_notifications parse_mode`),
  discord: words(`${HTTP} webhook_url webhook_url_file title message content username avatar_url`),
  webex: words(`${HTTP} api_url room_id message`),
  msteams: words(`${HTTP} webhook_url webhook_url_file title summary text`),
  msteamsv2: words(`${HTTP} webhook_url webhook_url_file title text`),
  jira: words(`${HTTP} api_url api_type project summary description labels priority issue_type reopen_transition
    resolve_transition wont_fix_resolution reopen_duration fields`),
  rocketchat:
    words(`${HTTP} api_url token token_file token_id token_id_file channel color title title_link text fields
    short_fields emoji icon_url image_url thumb_url link_names actions`),
  incidentio: words(
    `${HTTP} url url_file alert_source_token alert_source_token_file max_alerts timeout metadata`,
  ),
  mattermost:
    words(`${HTTP} webhook_url webhook_url_file channel username text fallback color pretext author_name
    author_link author_icon title title_link fields thumb_url footer footer_icon image_url icon_url icon_emoji
    attachments type props priority`),
};

/** What each kind needs: one of the keys of each row, or one of the global keys beside it. */
const NEEDS: Readonly<Record<string, readonly (readonly [own: string, global: string, reason: string])[]>> = {
  webhook: [['url url_file', '', 'one of url or url_file must be configured']],
  email: [
    ['to', '', 'missing to address in email config'],
    ['smarthost', 'smtp_smarthost', 'no global SMTP smarthost set'],
    ['from', 'smtp_from', 'no global SMTP from set'],
  ],
  slack: [
    [
      'api_url api_url_file app_token app_token_file',
      'slack_api_url slack_api_url_file slack_app_token slack_app_token_file',
      'no global Slack API URL set either inline or in a file',
    ],
  ],
  pagerduty: [
    [
      'service_key service_key_file routing_key routing_key_file',
      '',
      'missing service or routing key in PagerDuty config',
    ],
  ],
  opsgenie: [
    [
      'api_key api_key_file',
      'opsgenie_api_key opsgenie_api_key_file',
      'no global OpsGenie API Key set either inline or in a file',
    ],
  ],
  victorops: [
    ['api_key api_key_file', 'victorops_api_key victorops_api_key_file', 'no global VictorOps API Key set'],
    ['routing_key', '', 'missing Routing key in VictorOps config'],
  ],
  pushover: [
    ['user_key user_key_file', '', 'one of user_key or user_key_file must be configured'],
    ['token token_file', '', 'one of token or token_file must be configured'],
  ],
  wechat: [
    [
      'api_secret api_secret_file',
      'wechat_api_secret wechat_api_secret_file',
      'no global Wechat ApiSecret set',
    ],
    ['corp_id', 'wechat_api_corp_id', 'no global Wechat CorpID set'],
  ],
  sns: [
    [
      'topic_arn target_arn phone_number',
      '',
      'must provide either a Target ARN, Topic ARN, or Phone Number for SNS config',
    ],
  ],
  telegram: [
    [
      'bot_token bot_token_file',
      'telegram_bot_token telegram_bot_token_file',
      'missing bot_token or bot_token_file on telegram_config',
    ],
    ['chat_id chat_id_file', '', 'missing chat_id on telegram_config'],
  ],
  discord: [['webhook_url webhook_url_file', '', 'no discord webhook URL provided']],
  webex: [
    ['room_id', '', 'missing room_id on webex_config'],
    ['http_config', '', 'missing webex_configs.http_config.authorization'],
  ],
  msteams: [['webhook_url webhook_url_file', '', 'no msteams webhook URL or URLFile provided']],
  msteamsv2: [['webhook_url webhook_url_file', '', 'no msteamsv2 webhook URL or URLFile provided']],
  jira: [
    ['project', '', 'missing project in jira_config'],
    ['issue_type', '', 'missing issue_type in jira_config'],
  ],
  incidentio: [['url url_file', '', 'one of url or url_file must be configured']],
  mattermost: [
    [
      'webhook_url webhook_url_file',
      'mattermost_webhook_url mattermost_webhook_url_file',
      'missing webhook_url or webhook_url_file on mattermost_config',
    ],
  ],
};

type Fields = ReadonlyMap<string, YamlNode>;

const has = (fields: Fields, keys: string): boolean =>
  keys !== '' && words(keys).some((key) => (fields.get(key)?.text ?? ' ') !== '' && fields.has(key));

/** What a receiver lacks, and keys that exclude each other. */
export function receiverFaults(kind: string, fields: Fields, global: Fields): string[] {
  const faults = (NEEDS[kind] ?? [])
    .filter(([own, shared]) => !has(fields, own) && !has(global, shared))
    .map(([, , reason]) => reason);
  for (const key of fields.keys()) {
    if (fields.has(`${key}_file`)) faults.push(`at most one of ${key} & ${key}_file must be configured`);
    const text = fields.get(key)?.text;
    if (/(^|_)url$/.test(key) && text !== undefined && !text.includes('{{') && !isUrl(text))
      faults.push(`${key}: unsupported scheme or missing host in ${JSON.stringify(text)}`);
  }
  return faults;
}

const TEMPLATED_URLS = /^(title_link|icon_url|image_url|thumb_url|client_url|author_link|avatar_url)$/;

function isUrl(text: string): boolean {
  if (TEMPLATED_URLS.test(text)) return true;
  return /^https?:\/\/[^/?#]+/.test(text) || text === '<secret>';
}
