// Starts `genc lsp` for .gen files. Without the protocol's client only colours are there.
const vscode = require('vscode');
let client;

exports.activate = () => {
    let languageClient;
    try {
        languageClient = require('vscode-languageclient/node');
    } catch {
        return;
    }
    const command = vscode.workspace.getConfiguration('genc').get('path');
    client = new languageClient.LanguageClient('genc', { command, args: ['lsp'] },
        { documentSelector: [{ language: 'gen' }] });
    client.start();
};

exports.deactivate = () => client && client.stop();
