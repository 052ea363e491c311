# A spec of a flow in the plane, on a board of eight dark squares.
/^side ~/d
/^angle ~/d
/^curve /d
/^# Two half circles/d
s/^data x.*/data x[2] = checkerboard()/
s/^let span .*/let span   = 2.4/
