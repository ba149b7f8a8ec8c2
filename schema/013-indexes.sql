-- Every list is read in the order of time, and what is rare is found without reading what is not.
-- Bounces are most of the messages, and pay for none of these indexes.
CREATE INDEX delay_failed_at ON delay (failed_at);
CREATE INDEX delivery_delivered_at ON delivery (delivered_at);
CREATE INDEX complaint_complained_at ON complaint (complained_at);

-- Messages about no recipient, and those of which a copy is kept.
CREATE INDEX message_other ON message (kind, received_at)
  WHERE kind IN ('auto_reply', 'challenge', 'other', 'unreadable');
CREATE INDEX message_kept ON message (received_at) WHERE kept IS NOT NULL;

-- Failures that name their recipient by an address to which the message was forwarded.
CREATE INDEX failure_final ON failure (lower(final_recipient))
  WHERE lower(final_recipient) <> lower(recipient);
CREATE INDEX failure_original ON failure (lower(original_recipient))
  WHERE lower(original_recipient) <> lower(recipient);

PRAGMA user_version = 13;
