// matrix-bot-sdk asks for nothing of it until a bot encrypts.
module.exports = {};
