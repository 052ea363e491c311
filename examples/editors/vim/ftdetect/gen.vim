autocmd BufNewFile,BufRead *.gen setfiletype gen
