" Colours for .gen files. The words are the language's own; names of its library are ordinary names.
if exists('b:current_syntax')
    finish
endif
syntax keyword genDeclaration import let data fn layer distribution optimizer autoregressive flow loss metric train sample
syntax keyword genRole encoder decoder generator discriminator network
syntax keyword genStatement param state update return show yield minimize
syntax keyword genControl for if else scan draws
syntax keyword genWord over using on along given or as in unpaired recompute final
syntax keyword genKind index real
syntax keyword genConstant pi inf true false none training step epoch
syntax match genComment "#.*$" contains=@Spell
syntax match genNumber "\v<\d+(\.\d+)?([eE][+-]?\d+)?>"
syntax region genString start=+"+ skip=+\\.+ end=+"+ oneline
syntax match genOperator "|>\|\~\|\.\.\|[-+*/@^<>=]"
syntax match genCall "\v<\h\w*>\ze\("
highlight default link genDeclaration Keyword
highlight default link genRole Keyword
highlight default link genStatement Statement
highlight default link genControl Repeat
highlight default link genWord Keyword
highlight default link genKind Type
highlight default link genConstant Constant
highlight default link genComment Comment
highlight default link genNumber Number
highlight default link genString String
highlight default link genOperator Operator
highlight default link genCall Function
let b:current_syntax = 'gen'
