" Settings for .gen files: comments, the canonical indent, :make and gq.
if exists('b:did_ftplugin')
    finish
endif
let b:did_ftplugin = 1
setlocal commentstring=#\ %s comments=:#
setlocal expandtab shiftwidth=4 softtabstop=4 textwidth=100
setlocal makeprg=genc\ check\ % errorformat=%f:%l:%c:\ error:\ %m,%-G%.%#
setlocal formatprg=genc\ fmt\ -
let b:undo_ftplugin = 'setlocal commentstring< comments< expandtab< shiftwidth< softtabstop< textwidth< makeprg< errorformat< formatprg<'
